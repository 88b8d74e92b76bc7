const Joi = require('joi')

module.exports = Joi.object({ ENCRYPTION_KEY: Joi.string().hex().length(32).required() })
