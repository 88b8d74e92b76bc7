const Joi = require('joi')

module.exports = Joi.object({
  PORT: Joi.number().default(3000),
  JWT_SECRET: Joi.string().min(10).required(),
})
