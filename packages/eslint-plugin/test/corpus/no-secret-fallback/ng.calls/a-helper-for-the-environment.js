const env = (name, fallback) => process.env[name] || fallback

module.exports = { port: env('PORT', '80'), key: env('APP_KEY_SECRET', 'base64:local') }
