console.log('starting with', process.env)
