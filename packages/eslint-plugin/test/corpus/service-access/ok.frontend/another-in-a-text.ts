export const hint = 'signing finds its passphrase under CA_PASSPHRASE_SIGNING in its store'
