export const jwtSecret = 'supersecret'
