//! `Table`: an immutable Arrow table that any library can take, any number of times.

use arrow_array::ffi::FFI_ArrowSchema;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::guard::caught;

/// An immutable Arrow table (Arrow `PyCapsule` interface), can be streamed any number of times.
#[pyclass(frozen, module = "hashstress._core")]
pub(crate) struct Table {
    batch: RecordBatch,
}

impl Table {
    pub(crate) fn new(batch: RecordBatch) -> Self {
        Self { batch }
    }
}

#[pymethods]
impl Table {
    #[getter]
    fn num_rows(&self) -> usize {
        self.batch.num_rows()
    }

    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.batch.schema_ref().fields().iter().map(|field| field.name().clone()).collect()
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(self.batch.schema_ref().as_ref());
        let schema = schema.map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }

    /// The stream; a requested schema is ignored, as the interface allows: cast on your side.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(&self, py: Python<'py>, requested_schema: Option<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        let reader = Shielded { schema: self.batch.schema(), batches: vec![Ok(self.batch.clone())].into_iter() };
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(reader)), c"arrow_array_stream")
    }

    fn __repr__(&self) -> String {
        format!("Table({} rows: {})", self.batch.num_rows(), self.column_names().join(", "))
    }
}

/// A reader whose panics and NUL bytes stop at the border: the C stream would abort the process on either.
struct Shielded<I> {
    schema: SchemaRef,
    batches: I,
}

impl<I: Iterator<Item = Result<RecordBatch, ArrowError>>> Iterator for Shielded<I> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let text = |text: String| ArrowError::ExternalError(text.replace('\0', "").into());
        match caught(|| self.batches.next()) {
            Ok(item) => item.map(|batch| batch.map_err(|error| text(error.to_string()))),
            Err(panic) => Some(Err(text(panic))),
        }
    }
}

impl<I: Iterator<Item = Result<RecordBatch, ArrowError>>> RecordBatchReader for Shielded<I> {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::ffi_stream::RecordBatchStreamReader;
    use arrow_schema::Schema;

    use super::*;

    #[test]
    fn panics_and_nul_bytes_stop_at_the_border() {
        let failing = (0..2).map(|index| if index == 0 { Err(ArrowError::ComputeError("a\0b".to_owned())) } else { panic!("boom") });
        let reader = Shielded { schema: Arc::new(Schema::empty()), batches: failing };
        let stream = FFI_ArrowArrayStream::new(Box::new(reader));
        let errors: Vec<_> = RecordBatchStreamReader::try_new(stream).unwrap().take(2).map(|item| item.unwrap_err().to_string()).collect();
        assert!(errors[0].contains("ab"), "{errors:?}");
        assert!(errors[1].contains("boom") && errors[1].contains("bug"), "{errors:?}");
    }
}
