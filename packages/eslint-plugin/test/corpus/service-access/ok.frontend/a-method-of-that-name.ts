declare const form: { caPassphrase(): HTMLInputElement }
export const input = form.caPassphrase()
