//! What a run did, told to the person who reads the mail at seven in the morning.
