//! What happens when the system refuses: `just faults`.

use super::Command;
use crate::sys::fault;

#[test]
fn without_a_pidfd_the_pool_waits() {
    for errno in [libc::ENOSYS, libc::EMFILE] {
        let injection = fault::inject("pidfd_open", 1, errno);
        let status = crate::run(|| {
            let mut child = Command::new("sh")
                .args(["-c", "sleep 0.1; exit 7"])
                .spawn()?;
            child.wait()
        });
        assert_eq!(status.unwrap().code(), Some(7));
        assert!(injection.has_struck());
    }
}
