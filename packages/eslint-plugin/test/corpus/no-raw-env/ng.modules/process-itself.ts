import process from 'node:process'

export const mailKey = process.env.MAILGUN_KEY
