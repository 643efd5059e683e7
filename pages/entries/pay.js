// The pay page and the receipt. Both work without this; it makes them follow by themselves and forgive a second press.
import { follow } from '../modules/follow.js';
import { pressOnce, printButtons, selectWhole } from '../modules/forms.js';

follow({
    onChange(live, part) {
        const settled = part.hasAttribute('data-settled');
        for (const each of document.querySelectorAll('[data-while-owed]')) {
            each.hidden = settled;
            if (part.dataset.step === 'failed' || part.dataset.step === 'by_hand') each.open = true;
        }
        pressOnce(live);
        selectWhole(live);
    },
});
pressOnce(document);
selectWhole(document);
printButtons();
