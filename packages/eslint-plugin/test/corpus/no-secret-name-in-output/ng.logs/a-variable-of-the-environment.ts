import winston from 'winston'
const audit = winston.createLogger()
audit.info(`connecting to ${process.env['DATABASE_URL']}`)
