process.env.JWT_SECRET = 'RANDOM_HEX_64'
