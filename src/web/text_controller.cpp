#include "web/text_controller.hpp"

#include "invoices/message_texts.hpp"
#include "web/body.hpp"

namespace clinicpro::web::message_text {
namespace {

using invoices::message_texts::Text;

struct Which {
    messaging::Template which;
    messaging::Language language;
};

Result<Which> which_of(std::string_view name, std::string_view code) {
    const auto which = messaging::template_from(name);
    if (!which) {
        return fail(Code::kNotFound, "There is no message of this name; GET .../messaging/texts lists them.",
                    "template");
    }
    const auto language = messaging::language_from(code);
    if (!language) return fail(Code::kNotFound, "A text is in en or sw.", "language");
    return Which{*which, *language};
}

void write_names(json::Writer& w, std::string_view key, const std::vector<std::string_view>& names) {
    w.key(key).begin_array();
    for (const std::string_view name : names) w.value(name);
    w.end_array();
}

Result<> write(json::Writer& w, const Text& text, const std::string& clinic) {
    TRY(const auto shown, messaging::preview(text.which, text.words, text.language, clinic));
    w.begin_object().field("template", messaging::to_string(text.which));
    w.field("language", messaging::to_string(text.language)).field("words", text.words).field("is_own", text.is_own);
    write_names(w, "placeholders", messaging::placeholders(text.which));
    write_names(w, "required", messaging::required_placeholders(text.which));
    w.key("preview").begin_object().field("text", shown.text).field("characters", int64_t(shown.characters));
    w.field("encoding", shown.encoding).field("sms_parts", int64_t(shown.parts));
    w.field("sms_parts_longest", int64_t(shown.parts_longest)).end_object().end_object();
    return {};
}

Result<Answer> answer(const Text& text, const std::string& clinic) {
    json::Writer w;
    TRY(write(w, text, clinic));
    return Answer{200, w.take()};
}

// A long line of text; what is wrong with it is said by check_words.
Result<std::string> words_of(const json::View& view) {
    return view.text();
}

}  // namespace

Result<Answer> list(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {}));
    TRY(const auto texts, invoices::message_texts::list(tx));
    json::Writer w;
    w.begin_object().key("items").begin_array();
    for (const Text& text : texts) TRY(write(w, text, call.clinic.name));
    w.end_array().key("next").null().end_object();
    return Answer{200, w.take()};
}

Result<Answer> preview(const Call& call, store::ClinicTx& tx) {
    TRY(const auto document, body::parse(call.request.body, {"template", "language", "words"}));
    const json::View root = document.root();
    TRY(const std::string name, body::text(root["template"], 40));
    TRY(const std::string code, body::text(root["language"], 2));
    TRY(const Which it, which_of(name, code));
    Text text{it.which, it.language, {}, true};
    if (root["words"].is_missing_or_null()) {
        TRY(text.words, invoices::message_texts::words(tx, it.which, it.language));
    } else {
        TRY(text.words, words_of(root["words"]));
    }
    return answer(text, call.clinic.name);
}

Result<Deed> put(const Call& call) {
    TRY(const Which it, which_of(call.param(0), call.param(1)));
    TRY(const auto document, body::parse(call.request.body, {"words"}));
    TRY(const std::string words, words_of(document.root()["words"]));
    return Deed([it, words, clinic = call.clinic.name, actor = call.actor()](jobs::Context& context,
                                                                             store::ClinicTx& tx) -> Result<Answer> {
        TRY(invoices::message_texts::set(context, tx, it.which, it.language, words, actor));
        TRY(const std::string kept, invoices::message_texts::words(tx, it.which, it.language));
        return answer({it.which, it.language, kept, true}, clinic);
    });
}

Result<Deed> reset(const Call& call) {
    TRY(const Which it, which_of(call.param(0), call.param(1)));
    TRY(body::parse(call.request.body, {}));
    return Deed([it, actor = call.actor()](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(invoices::message_texts::reset(context, tx, it.which, it.language, actor));
        return Answer{204, {}};
    });
}

}  // namespace clinicpro::web::message_text
