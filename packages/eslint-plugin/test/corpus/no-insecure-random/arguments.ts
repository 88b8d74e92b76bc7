// ---- a-secret-of-a-random-number
import { Secret } from '../../secret.ts'

export const cookieKey = Secret.of(Math.random().toString(36), 'cookie key') // expect: guessable

// ---- a-session-cookie.js
app.post('/login', (req, res) => {
  res.cookie('session_token', Math.random().toString(36).slice(2), { httpOnly: true }) // expect: guessable
  res.end()
})

// ---- stored-under-a-secret-name
export function remember(storage: Storage) {
  const value = Math.random().toString(36) // expect: guessable
  storage.setItem('authToken', value)
}

// ---- the-key-of-a-jwt.js
const jwt = require('jsonwebtoken')

exports.issue = (user) => jwt.sign({ sub: user.id }, `${Date.now()}`) // expect: guessable

// ---- the-key-of-an-hmac
import { createHmac } from 'node:crypto'

const boot = String(Math.random()) // expect: guessable

export const mac = (text: string) => createHmac('sha256', boot).update(text).digest('hex')
