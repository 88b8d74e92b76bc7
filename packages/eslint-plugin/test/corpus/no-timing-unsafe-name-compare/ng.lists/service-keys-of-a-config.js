import config from './config.js'

export const isService = (req) => config.serviceKeys.includes(req.get('x-service-key'))
