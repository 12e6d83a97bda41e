/**
 * Loaded into a child with `node --import`: the child ends when its parent does, whatever killed the parent. The IPC
 * channel closes with the parent's last breath, so not even kill -9 leaves an orphan that holds ports and files.
 */

if (process.channel !== undefined) {
  process.once('disconnect', () => process.exit(1));
  process.channel?.unref(); // being on the leash is no reason to stay alive
}
