process.env.SECRET_KEY_BASE ||= 'local'
