const { env } = process

export const smtp = { user: env.SMTP_USER, pass: env.SMTP_PASS }
