module.exports = {
  apps: [{ name: 'shop', script: 'index.js', env: { PORT: 3001, JWT_SECRET: 'RANDOM_HEX_64' } }],
}
