console.log(Object.keys(process.env).length, process.env['NODE_ENV'], process.env['PORT'])
