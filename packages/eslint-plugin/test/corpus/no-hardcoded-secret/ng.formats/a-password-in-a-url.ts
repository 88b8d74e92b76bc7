export const broker = 'amqp://orders:RANDOM_ALNUM_20@rabbit.internal:5672/shop'
