export const field = { type: 'password', name: 'password', autoComplete: 'current-password' }
