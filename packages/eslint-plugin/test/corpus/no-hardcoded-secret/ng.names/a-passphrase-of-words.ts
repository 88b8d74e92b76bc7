export const passphrase = 'correct-horse-battery-staple'
