import pino from 'pino'
const logger = pino()
export const issued = (user, accessToken) => logger.info({ user, accessToken }, 'issued')
