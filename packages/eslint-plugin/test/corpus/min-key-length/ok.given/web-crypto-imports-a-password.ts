const encoder = new TextEncoder()

export const importPassword = (password: string) =>
  crypto.subtle.importKey('raw', encoder.encode(password), 'PBKDF2', false, ['deriveKey'])

export const testKey = () =>
  crypto.subtle.importKey('raw', encoder.encode('correct horse'), 'PBKDF2', false, ['deriveBits'])
