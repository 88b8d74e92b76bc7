const DEMO_PASSWORD = process.env['DEMO_PASSWORD'] ?? crypto.randomUUID()
console.log(['Demo data is ready.', `  Password: ${DEMO_PASSWORD}`, ''].join('\n'))
