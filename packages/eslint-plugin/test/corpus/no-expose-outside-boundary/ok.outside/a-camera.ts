// @typed
class Camera {
  expose() {
    return new Uint8Array(8)
  }
}
export const picture = new Camera().expose()
