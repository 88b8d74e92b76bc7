const Joi = require('joi')

module.exports = Joi.object({
  HOST: Joi.string().min(1).required(),
  JWT_SECRET: Joi.string().min(48).required(),
  ENCRYPTION_KEY: Joi.string().hex().length(64).required(),
})
