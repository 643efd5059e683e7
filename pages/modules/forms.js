// Small kindnesses for forms; the server holds to all of this by itself.

// A form marked data-once is sent once, however often its button is pressed; the button says so.
export function pressOnce(root) {
    for (const form of root.querySelectorAll('form[data-once]')) {
        form.addEventListener('submit', (event) => {
            if (form.dataset.sent) return event.preventDefault();
            form.dataset.sent = 'yes';
            const button = form.querySelector('[data-busy]');
            if (button) {
                button.setAttribute('aria-disabled', 'true');
                const words = button.querySelector('span');
                if (words) words.textContent = button.dataset.busy;
            }
        });
    }
}

// A field that holds a masked number is typed over, not into.
export function selectWhole(root) {
    for (const field of root.querySelectorAll('input[data-whole]')) {
        field.addEventListener('focus', () => { if (field.value.includes('*')) field.select(); });
        field.addEventListener('beforeinput', () => { if (field.value.includes('*')) field.value = ''; });
    }
}

export function printButtons() {
    for (const button of document.querySelectorAll('[data-print]')) {
        button.hidden = false;
        button.addEventListener('click', () => window.print());
    }
}
