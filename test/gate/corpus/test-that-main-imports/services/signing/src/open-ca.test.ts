export const openCa = (passphrase: string) => passphrase.length
