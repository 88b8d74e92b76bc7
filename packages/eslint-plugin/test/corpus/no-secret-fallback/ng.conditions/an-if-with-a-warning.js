let token = process.env.ADMIN_TOKEN
if (token === undefined) {
  console.warn('ADMIN_TOKEN is not set')
  token = 'admin'
}

module.exports = { token }
