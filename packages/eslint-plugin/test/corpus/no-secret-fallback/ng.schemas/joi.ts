import Joi from 'joi'

export const schema = Joi.object({
  PORT: Joi.number().default(3000),
  REDIS_PASSWORD: Joi.string().default('redis'),
})
