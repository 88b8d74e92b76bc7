app.use((req, res, next) => {
  if (req.headers['x-api-key'] !== 'RANDOM_ALNUM_40') return res.sendStatus(401)
  next()
})
