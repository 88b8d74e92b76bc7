const users = require('./users')

async function login(email, password) {
  const user = await users.findByEmail(email)
  if (!user || user.password !== password) throw new Error('wrong credentials')
  return user
}
module.exports = { login }
