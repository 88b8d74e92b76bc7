const { STRIPE_SECRET_KEY, PORT } = process.env
console.log(`port ${PORT}, stripe ${STRIPE_SECRET_KEY}`)
