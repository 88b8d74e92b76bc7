import nodemailer from 'nodemailer'

export const mailer = nodemailer.createTransport({
  service: 'gmail',
  auth: { user: 'shop@example.com', pass: 'abcd efgh ijkl mnop' },
})
