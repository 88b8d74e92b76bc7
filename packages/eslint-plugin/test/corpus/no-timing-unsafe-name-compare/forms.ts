// ---- a-password-like-the-name
export function check({ password, email }: { password: string; email: string }) {
  if (password === email || password.includes(email)) throw new Error('too easy to guess')
}

// ---- a-password-on-the-blocklist.js
import { commonPasswords } from './common-passwords.js'

export const isCommon = (password) => commonPasswords.includes(password.toLowerCase())

// ---- a-validator-of-mongoose.js
const { Schema } = require('mongoose')

module.exports = new Schema({
  password: { type: String, required: true },
  passwordConfirm: {
    type: String,
    validate: {
      validator: function (passwordConfirm) {
        return this.password === passwordConfirm
      },
    },
  },
})

// ---- password-and-its-confirmation
import { z } from 'zod'

export const signUp = z
  .object({ password: z.string(), confirmPassword: z.string() })
  .refine((data) => data.password === data.confirmPassword, 'passwords differ')

// ---- repeated-in-a-component
interface Props {
  values: { password: string; repeat: string }
}

export const matches = ({ values }: Props) => values.password === values.repeat

// ---- the-new-password-is-the-old-one
export function check(oldPassword: string, newPassword: string) {
  if (newPassword === oldPassword) throw new Error('choose another password')
}

// ---- two-fields-of-a-body.js
exports.register = (req, res) => {
  const { password, password2 } = req.body
  if (password !== password2) return res.status(400).send('passwords differ')
  res.end()
}
