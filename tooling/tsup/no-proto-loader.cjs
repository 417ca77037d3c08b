/** Stands where what reads .proto files at run time would: the agent's messages are generated code. */
module.exports = {
  loadSync() {
    throw new Error('this program reads no .proto files')
  },
}
