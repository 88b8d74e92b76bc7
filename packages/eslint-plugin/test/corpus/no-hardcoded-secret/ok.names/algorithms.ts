export const algorithms = { token: 'HS256', secret: 'aes-256-gcm', password: 'pbkdf2_sha256' }
