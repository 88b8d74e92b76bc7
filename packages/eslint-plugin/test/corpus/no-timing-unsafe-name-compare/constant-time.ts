// ---- argon2-verify
import argon2 from 'argon2'

export async function login(stored: { passwordHash: string }, password: string) {
  if (!(await argon2.verify(stored.passwordHash, password))) throw new Error('denied')
}

// ---- bcrypt.js
const bcrypt = require('bcrypt')

module.exports = async (user, password) => (await bcrypt.compare(password, user.password)) === true
