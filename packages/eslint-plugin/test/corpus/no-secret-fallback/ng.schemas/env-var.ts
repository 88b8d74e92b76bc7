import env from 'env-var'

export const password = env.get('SMTP_PASSWORD').default('mailhog').asString()
