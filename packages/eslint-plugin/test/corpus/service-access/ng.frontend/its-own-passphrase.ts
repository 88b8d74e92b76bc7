// @reports name
export const passphrase = process.env['CA_PASSPHRASE_FRONTEND']
