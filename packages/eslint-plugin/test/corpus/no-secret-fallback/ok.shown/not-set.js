console.log('JWT_SECRET is', process.env.JWT_SECRET || 'not set')
