import { history } from './history.ts'

history.listen((location) => {
  console.log(location.pathname)
})
