export const publicKey = process.env.STRIPE_PUBLISHABLE_KEY ?? 'pk_test_123'
