import env from 'env-var'

export const password = env.get('DB_PASSWORD').required().asString()
