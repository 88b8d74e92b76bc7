export const NAMES = { password: 'DB_PASSWORD', apiKey: 'STRIPE_API_KEY', secret: 'JWT_SECRET' }
