const { PORT = '3000', STRIPE_SECRET_KEY = 'sk_test_local' } = process.env

export { PORT, STRIPE_SECRET_KEY }
