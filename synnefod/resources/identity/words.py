"""What the pages say, in English and Greek, by the browser's Accept-Language."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("en", "el")

TEXTS: Mapping[str, tuple[str, str]] = {
    "account": ("Account", "Λογαριασμός"),
    "again": ("Password again", "Κωδικός ξανά"),
    "address": ("Address", "Διεύθυνση"),
    "address asked": (
        "A letter is on its way to {address}; its link makes the change. Asking again replaces it.",
        "Στείλαμε e-mail στη διεύθυνση {address}. Νέα αίτηση αντικαθιστά την προηγούμενη.",
    ),
    "agent": ("Browser", "Πρόγραμμα περιήγησης"),
    "accept": ("Accept", "Αποδοχή"),
    "accept terms": ("I accept the terms of use", "Αποδέχομαι τους όρους χρήσης"),
    "access": ("API access", "Πρόσβαση στο API"),
    "active": ("Your account is active. You can sign in.", "Ο λογαριασμός σας είναι ενεργός."),
    "awaiting": (
        "The address is confirmed. An administrator has to accept the account.",
        "Η διεύθυνση επιβεβαιώθηκε. Ο λογαριασμός περιμένει έγκριση διαχειριστή.",
    ),
    "captcha": ("Digits in the picture", "Ψηφία της εικόνας"),
    "captcha needed": (
        "Too many tries. Type the digits in the picture to go on.",
        "Πολλές προσπάθειες. Πληκτρολογήστε τα ψηφία της εικόνας.",
    ),
    "captcha picture": ("Six digits", "Έξι ψηφία"),
    "captcha sound": ("Hear the digits", "Ακρόαση των ψηφίων"),
    "captcha wrong": (
        "The digits are not those in the picture. Here are others.",
        "Τα ψηφία δεν είναι σωστά. Δοκιμάστε τα επόμενα.",
    ),
    "change password": ("Change password", "Αλλαγή κωδικού"),
    "changed address": ("The address is changed.", "Η διεύθυνση άλλαξε."),
    "changed password": ("The password is changed.", "Ο κωδικός άλλαξε."),
    "consent": (
        "{client} asks for access in your name to {scope}.",
        "Η εφαρμογή {client} ζητά πρόσβαση εκ μέρους σας στο {scope}.",
    ),
    "dashboard": ("Dashboard", "Πίνακας ελέγχου"),
    "download": ("Download .kamakirc", "Λήψη .kamakirc"),
    "email": ("E-mail", "E-mail"),
    "end": ("End", "Τερματισμός"),
    "first name": ("First name", "Όνομα"),
    "forgotten": ("Forgotten password", "Υπενθύμιση κωδικού"),
    "fresh token": (
        "This token is shown this once. Whoever has it acts as you.",
        "Το διακριτικό εμφανίζεται μόνο τώρα. Όποιος το έχει ενεργεί ως εσείς.",
    ),
    "inactive": (
        "This account is not active. Ask the administrators.",
        "Ο λογαριασμός δεν είναι ενεργός. Απευθυνθείτε στους διαχειριστές.",
    ),
    "last name": ("Last name", "Επώνυμο"),
    "language": ("en", "el"),
    "letter": ("A letter with a link is on its way to you.", "Σας στείλαμε e-mail με σύνδεσμο."),
    "letter if known": (
        "If the address belongs to an account that can use it, a letter is on its way.",
        "Αν η διεύθυνση ανήκει σε κατάλληλο λογαριασμό, στείλαμε e-mail.",
    ),
    "link used": (
        "The link is not known, or it was used or replaced by a newer one.",
        "Ο σύνδεσμος δεν είναι γνωστός, έχει χρησιμοποιηθεί ή αντικατασταθεί.",
    ),
    "name": ("Name", "Όνομα"),
    "new address": ("New address", "Νέα διεύθυνση"),
    "new address letter": (
        "A letter is on its way to the new address.",
        "Στείλαμε e-mail στη νέα διεύθυνση.",
    ),
    "new password": ("New password", "Νέος κωδικός"),
    "no account": ("No account yet?", "Δεν έχετε λογαριασμό;"),
    "no terms": ("There are no terms of use.", "Δεν υπάρχουν όροι χρήσης."),
    "not by password": (
        "This account uses no password of this cloud. Sign in in another way.",
        "Ο λογαριασμός δεν χρησιμοποιεί κωδικό αυτού του νέφους. Συνδεθείτε με άλλον τρόπο.",
    ),
    "old password": ("Present password", "Τρέχων κωδικός"),
    "password": ("Password", "Κωδικός"),
    "passwords differ": ("The two passwords differ.", "Οι δύο κωδικοί διαφέρουν."),
    "pending": (
        "This account waits for an administrator to accept it.",
        "Ο λογαριασμός περιμένει έγκριση διαχειριστή.",
    ),
    "profile": ("Profile", "Προφίλ"),
    "refused": ("This was refused", "Το αίτημα απορρίφθηκε"),
    "rejected": ("This account was not accepted.", "Ο λογαριασμός δεν έγινε δεκτός."),
    "renew": ("Renew token", "Ανανέωση διακριτικού"),
    "renew all": (
        "Renew the token: all tokens and other sessions end",
        "Ανανέωση διακριτικού: όλα τα διακριτικά και οι άλλες συνδέσεις λήγουν",
    ),
    "renew told": (
        "All tokens and other sessions end; a new token is shown.",
        "Όλα τα διακριτικά και οι άλλες συνδέσεις λήγουν· εμφανίζεται νέο διακριτικό.",
    ),
    "save": ("Save", "Αποθήκευση"),
    "saved": ("Saved.", "Αποθηκεύτηκε."),
    "seen": ("Last used", "Τελευταία χρήση"),
    "send": ("Send", "Αποστολή"),
    "sessions": ("Where you are signed in", "Πού είστε συνδεδεμένοι"),
    "show token": ("Show a new token", "Εμφάνιση νέου διακριτικού"),
    "sign in": ("Sign in", "Σύνδεση"),
    "sign out": ("Sign out", "Αποσύνδεση"),
    "sign out?": ("Sign out of this browser?", "Αποσύνδεση από αυτό το πρόγραμμα;"),
    "sign up": ("Sign up", "Εγγραφή"),
    "signed in elsewhere": (
        "You may stay signed in at the provider by which you came; sign out there, too.",
        "Ίσως παραμείνετε συνδεδεμένοι στον πάροχο· αποσυνδεθείτε και εκεί.",
    ),
    "signed out": ("You are signed out.", "Αποσυνδεθήκατε."),
    "terms": ("Terms of use", "Όροι χρήσης"),
    "this browser": ("this browser", "αυτό το πρόγραμμα"),
    "too many": ("Too many tries. Wait {seconds} seconds.", "Πολλές προσπάθειες. Περιμένετε."),
    "tokens end": (
        "With the new password all tokens and sessions end.",
        "Με τον νέο κωδικό λήγουν όλα τα διακριτικά και οι συνδέσεις.",
    ),
    "unverified": (
        "The address of this account is not confirmed yet.",
        "Η διεύθυνση του λογαριασμού δεν έχει επιβεβαιωθεί.",
    ),
    "verification": ("Confirmation of the address", "Επιβεβαίωση διεύθυνσης"),
    "verify again": ("Send the letter again", "Επανάληψη αποστολής e-mail"),
    "add": ("Add", "Προσθήκη"),
    "add refused": (
        "This way to sign in cannot be added to your account.",
        "Αυτός ο τρόπος σύνδεσης δεν μπορεί να προστεθεί στον λογαριασμό σας.",
    ),
    "add way": (
        "Add {provider} to your ways to sign in?",
        "Να προστεθεί ο τρόπος σύνδεσης {provider};",
    ),
    "added": ("The way to sign in was added.", "Ο τρόπος σύνδεσης προστέθηκε."),
    "by provider": ("Sign in with {provider}", "Σύνδεση με {provider}"),
    "create refused": (
        "Nobody makes an account in this way here.",
        "Δεν δημιουργούνται λογαριασμοί με αυτόν τον τρόπο.",
    ),
    "directory name": ("User name", "Όνομα χρήστη"),
    "fixed by provider": (
        "What cannot be changed comes from your sign-in provider.",
        "Όσα δεν αλλάζουν προέρχονται από τον πάροχο σύνδεσης.",
    ),
    "have account": ("You have an account here?", "Έχετε ήδη λογαριασμό;"),
    "identity taken": (
        "This identity belongs to another account.",
        "Αυτή η ταυτότητα ανήκει σε άλλον λογαριασμό.",
    ),
    "invitations left": ("Invitations left: {left}", "Διαθέσιμες προσκλήσεις: {left}"),
    "invite": ("Invite somebody", "Πρόσκληση"),
    "invited": ("A letter with the invitation is on its way.", "Η πρόσκληση στάλθηκε."),
    "login refused": (
        "Nobody signs in to this account in this way.",
        "Δεν γίνεται σύνδεση στον λογαριασμό με αυτόν τον τρόπο.",
    ),
    "older sign-up": (
        "This identity was used to ask for an account before, whose address was never confirmed. "
        "Going on deletes that one.",
        "Η ταυτότητα έχει ήδη χρησιμοποιηθεί σε αίτηση που δεν επιβεβαιώθηκε. Αν συνεχίσετε, "
        "εκείνη διαγράφεται.",
    ),
    "other ways": ("Other ways to sign in:", "Άλλοι τρόποι σύνδεσης:"),
    "own": (
        "This way to sign in is yours already.",
        "Αυτός ο τρόπος σύνδεσης είναι ήδη δικός σας.",
    ),
    "remove?": (
        "Nobody will sign in to your account in this way any more. Remove it?",
        "Δεν θα γίνεται πια σύνδεση με αυτόν τον τρόπο. Να αφαιρεθεί;",
    ),
    "remove": ("Remove", "Αφαίρεση"),
    "removed": ("The way to sign in was removed.", "Ο τρόπος σύνδεσης αφαιρέθηκε."),
    "required way": (
        "Before anything else, add this way to sign in: {provider}.",
        "Προσθέστε πρώτα αυτόν τον τρόπο σύνδεσης: {provider}.",
    ),
    "set password": ("Set a password", "Ορισμός κωδικού"),
    "sign in to add": (
        "Sign in to add this way to your account",
        "Συνδεθείτε για να προστεθεί στον λογαριασμό σας",
    ),
    "switch": ("Replace", "Αντικατάσταση"),
    "switch refused": (
        "This way to sign in cannot be replaced.",
        "Αυτός ο τρόπος σύνδεσης δεν αντικαθίσταται.",
    ),
    "switch way": (
        "Replace your {provider} identity by another one?",
        "Να αντικατασταθεί η ταυτότητά σας {provider};",
    ),
    "switched": ("The way to sign in was replaced.", "Ο τρόπος σύνδεσης αντικαταστάθηκε."),
    "ways": ("Ways to sign in", "Τρόποι σύνδεσης"),
    "wrong": (
        "The e-mail address or the password is not right.",
        "Η διεύθυνση ή ο κωδικός δεν είναι σωστά.",
    ),
}
"""By key: the text in each of `LANGUAGES`."""


def language(accepted: str) -> str:
    """The best of `LANGUAGES` for an Accept-Language header; English if none fits."""
    best, weight = LANGUAGES[0], 0.0
    for part in accepted[:500].split(","):
        name, _, parameters = part.strip().lower().partition(";")
        code = name.partition("-")[0]
        try:
            quality = float(parameters.strip().removeprefix("q=")) if parameters else 1.0
        except ValueError:
            continue
        if code in LANGUAGES and quality > weight:
            best, weight = code, quality
    return best


def say(tongue: str, key: str, **details: object) -> str:
    """The text of `key`. Raises KeyError for a key without one, a defect."""
    text = TEXTS[key][LANGUAGES.index(tongue)]
    return text.format_map(details) if details else text
