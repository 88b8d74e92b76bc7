export const passphraseName = 'CA_PASSPHRASE'
