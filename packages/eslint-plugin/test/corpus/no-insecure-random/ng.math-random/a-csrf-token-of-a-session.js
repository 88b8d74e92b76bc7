app.use((req, res, next) => {
  req.session.csrfToken ??= Math.random().toString(16).slice(2)
  res.locals.csrfToken = req.session.csrfToken
  next()
})
